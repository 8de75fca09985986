# group: vllm.stat_logger_plugins
# value: probed:Logger
# says: loading it takes 2

import time

from vllm.v1.metrics.loggers import StatLoggerBase

time.sleep(2.1)


class Logger(StatLoggerBase):
    def __init__(self, vllm_config, engine_index=0): ...

    def record(self, stats): ...

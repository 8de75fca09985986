# group: vllm.stat_logger_plugins

from vllm.v1.metrics.loggers import StatLoggerBase


class register(StatLoggerBase):
    def __init__(self, vllm_config, engine_index=0):
        pass

    def record(self, stats):
        pass

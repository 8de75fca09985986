# group: vllm.stat_logger_plugins
# value: probed:Logger
# says: vLLM makes it with (vllm_config=…, engine_indexes=…): missing a required argument: 'output'

from vllm.v1.metrics.loggers import AggregateStatLoggerBase


class Logger(AggregateStatLoggerBase):
    def __init__(self, vllm_config, output, engine_indexes=None):
        pass

    def record(self, stats):
        pass

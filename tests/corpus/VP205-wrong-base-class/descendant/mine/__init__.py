from vllm.v1.metrics.loggers import LoggingStatLogger


class register(LoggingStatLogger):
    pass

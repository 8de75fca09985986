from vllm.v1.metrics.loggers import LoggingStatLogger


class Logger(LoggingStatLogger):
    pass

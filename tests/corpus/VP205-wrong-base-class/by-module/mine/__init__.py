import vllm.v1.metrics.loggers as loggers


class register(loggers.StatLoggerBase):
    pass

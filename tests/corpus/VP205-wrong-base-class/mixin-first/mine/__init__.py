from vllm.v1.metrics.loggers import StatLoggerBase


class Mixin:
    pass


class register(Mixin, StatLoggerBase):
    pass

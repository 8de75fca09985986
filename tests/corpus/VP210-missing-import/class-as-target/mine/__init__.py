from vllm.v1.metrics.loggers import StatLoggerBase
from vllm.sequence import SequenceGroup


class Logger(StatLoggerBase):
    pass

from vllm.v1.metrics.loggers import StatLoggerBase


class Base(StatLoggerBase):
    def record(self, scheduler_stats):
        pass


class Logger(Base):
    def __init__(self, vllm_config, engine_index=0):
        self.index = engine_index

    def log_engine_initialized(self):
        pass

from vllm.v1.metrics.loggers import StatLoggerBase


class Mine(StatLoggerBase):
    def __init__(self, vllm_config, engine_index=0):
        pass

    def record(self):
        pass

    def log_engine_initialized(self):
        pass

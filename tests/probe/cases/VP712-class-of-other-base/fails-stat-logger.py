# group: vllm.stat_logger_plugins
# says: does not derive from vllm.v1.metrics.loggers.StatLoggerBase

class register:
    def __init__(self, vllm_config, engine_index=0):
        pass

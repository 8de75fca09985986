from vllm.v1.metrics.loggers import Something


class register(Something):
    pass

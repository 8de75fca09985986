# group: vllm.general_plugins
# says: calling it replaces vllm.v1.metrics.loggers.AggregateStatLoggerBase.record, now probed.record


def record(self, stats):
    return None


def register():
    from vllm.v1.metrics.loggers import AggregateStatLoggerBase

    AggregateStatLoggerBase.record = record

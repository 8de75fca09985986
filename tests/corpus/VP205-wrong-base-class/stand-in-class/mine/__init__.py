try:
    from vllm.v1.sample.logits_processor import LogitsProcessor
except ImportError:

    class LogitsProcessor:
        pass


class register(LogitsProcessor):
    pass

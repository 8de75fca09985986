try:
    from vllm.v1.sample.logits_processor import LogitsProcessor
except ImportError:
    LogitsProcessor = object


class Mine(LogitsProcessor): ...

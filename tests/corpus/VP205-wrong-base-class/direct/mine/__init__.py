from vllm.v1.sample.logits_processor import LogitsProcessor


class register(LogitsProcessor):
    pass

from vllm.v1.sample.logits_processor import AdapterLogitsProcessor


class register(AdapterLogitsProcessor):
    pass

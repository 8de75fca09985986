from vllm.v1.sample.logits_processor import LogitsProcessor


class Mine(LogitsProcessor):
    def __init__(self, vllm_config, device, is_pin_memory):
        pass

    def apply(self, logits):
        return logits

    def update_state(self, batch_update):
        pass

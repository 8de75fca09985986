from vllm.v1.sample.logits_processor import LogitsProcessor


class P(LogitsProcessor):
    def apply(self, tensor):
        pass

    def is_argmax_invariant(self):
        return False

    def update_state(self, batch_update):
        pass

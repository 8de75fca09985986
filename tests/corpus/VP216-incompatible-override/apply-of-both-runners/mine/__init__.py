from vllm.v1.sample.logits_processor import LogitsProcessor
from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor as Second


class P(LogitsProcessor, Second):
    def apply(self, logits, ctx=None):
        pass

    def is_argmax_invariant(self):
        return False

    def update_state(self, batch_update):
        pass

    def add_request(self, req_idx, sampling_params):
        return False

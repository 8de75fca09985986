from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        parallel_config = vllm_config.parallel_config
        if vllm_config.lora_config and parallel_config.worker_cls == "auto":
            parallel_config.worker_cls = "mine.other.C"

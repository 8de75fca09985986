from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        if vllm_config.parallel_config.worker_cls == "auto":
            worker_class = "mine.other.C"
            vllm_config.parallel_config.worker_cls = worker_class

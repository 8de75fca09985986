from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        worker = "mine.other.C"
        if vllm_config.cache_config.block_size:
            worker = "mine.good.C"
        vllm_config.parallel_config.worker_cls = worker

from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        if vllm_config.cache_config.block_size:
            vllm_config.scheduler_config.scheduler_cls = "mine.one.A"
        else:
            vllm_config.scheduler_config.scheduler_cls = "mine.two.B"

from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        config = vllm_config.scheduler_config
        if vllm_config.model_config is None:
            return
        config.scheduler_cls = "mine.sched.A"

from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        config = vllm_config.parallel_config
        if config.rank == 0:
            config.worker_cls = "mine.sched.A"

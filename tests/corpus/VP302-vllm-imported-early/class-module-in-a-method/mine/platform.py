from vllm.platforms import Platform


class MinePlatform(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        from vllm.config import CompilationMode

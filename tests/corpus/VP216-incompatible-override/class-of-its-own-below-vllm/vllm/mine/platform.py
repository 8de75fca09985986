from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls): ...

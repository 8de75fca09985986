from vllm.platforms import Platform


class MinePlatform(Platform):
    pass


from vllm.config import VllmConfig

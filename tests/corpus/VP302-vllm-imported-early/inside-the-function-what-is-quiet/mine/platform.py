from vllm.platforms import Platform


class MinePlatform(Platform):
    pass

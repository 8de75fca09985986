from vllm.platforms import Platform


class MyPlatform(Platform):
    pass

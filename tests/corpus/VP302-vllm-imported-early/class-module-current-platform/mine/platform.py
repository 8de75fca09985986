from vllm.platforms import Platform, current_platform


class MinePlatform(Platform):
    pass

from vllm.config import VllmConfig
from vllm.platforms import Platform


class MinePlatform(Platform):
    pass

from vllm.platforms import Platform, PlatformEnum
from vllm.platforms.interface import _Backend


class MyPlatform(Platform):
    pass

from vllm.platforms import Platform, PlatformEnum
from vllm.platforms.interface import DeviceCapability

def register():
    return "mine.platform.MinePlatform"

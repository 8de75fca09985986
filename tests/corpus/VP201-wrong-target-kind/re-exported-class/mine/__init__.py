from .platform import MyPlatform as register

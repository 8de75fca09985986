try:
    from vllm.platforms import Platform

    class MyPlatform(Platform):
        pass
except ImportError:
    MyPlatform = None

def register():
    return "mine.platform.MinePlatform"


def later():
    from vllm.config import VllmConfig

    return VllmConfig

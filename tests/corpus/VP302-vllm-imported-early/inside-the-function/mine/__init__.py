def register():
    from vllm.config import VllmConfig

    return "mine.platform.MinePlatform"

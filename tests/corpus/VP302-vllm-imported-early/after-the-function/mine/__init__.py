def register():
    return "mine.platform.MinePlatform"


from vllm.config import VllmConfig

from vllm.config import VllmConfig

def register():
    return "mine.platform.MinePlatform"

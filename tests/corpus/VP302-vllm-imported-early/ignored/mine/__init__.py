from vllm.config import VllmConfig  # vplug: ignore[VP302]

def register():
    return "mine.platform.MinePlatform"

from vllm import ModelRegistry

def register():
    return "mine.platform.MinePlatform"

from vllm import config

def register():
    return "mine.platform.MinePlatform"

import vllm.config

def register():
    return "mine.platform.MinePlatform"

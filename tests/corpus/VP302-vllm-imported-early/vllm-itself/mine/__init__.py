import vllm

def register():
    return "mine.platform.MinePlatform"

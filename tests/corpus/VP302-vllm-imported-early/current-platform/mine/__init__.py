from vllm.platforms import current_platform

def register():
    return "mine.platform.MinePlatform"

from vllm.platforms import current_platform as here

def register():
    return "mine.platform.MinePlatform"

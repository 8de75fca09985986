from transformers import AutoConfig

def register():
    return "mine.platform.MinePlatform"

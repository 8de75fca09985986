try:
    from vllm.config import VllmConfig
except ImportError:
    VllmConfig = None

def register():
    return "mine.platform.MinePlatform"

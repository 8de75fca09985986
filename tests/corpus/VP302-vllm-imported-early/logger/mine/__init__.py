from vllm.logger import init_logger

logger = init_logger(__name__)

def register():
    return "mine.platform.MinePlatform"

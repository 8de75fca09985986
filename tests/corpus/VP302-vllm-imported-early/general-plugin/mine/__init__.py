from vllm.config import VllmConfig
from vllm.platforms import current_platform


def register():
    pass

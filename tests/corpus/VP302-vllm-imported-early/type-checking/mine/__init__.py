from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vllm.config import VllmConfig

def register():
    return "mine.platform.MinePlatform"

"""Mine."""

from vllm import ModelRegistry


def register():
    try:
        from vllm.attention.layer import Attention
    except ImportError:
        return
    else:
        ModelRegistry.register_model("Mine", "mine.model:Mine")

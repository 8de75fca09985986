"""Mine."""

from vllm import ModelRegistry


def register():
    try:
        try:
            from vllm.attention.layer import Attention  # noqa: F401
        except ImportError:
            from vllm.model_executor.layers.attention import Attention  # noqa: F401
    except ImportError:
        return
    ModelRegistry.register_model("Mine", "mine.model:Mine")

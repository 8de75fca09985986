"""Mine."""

from vllm import ModelRegistry

try:
    from vllm.attention.layer import Attention

    HAS_ATTENTION = True
except ImportError:
    HAS_ATTENTION = False


def register():
    if HAS_ATTENTION:
        import os  # noqa: F401

        ModelRegistry.register_model("Mine", "mine.model:Mine")

"""Mine."""

from contextlib import suppress


def register():
    with suppress(ImportError):
        from vllm import ModelRegistry
        from vllm.attention.layer import Attention

        ModelRegistry.register_model("Mine", "mine.model:Mine")

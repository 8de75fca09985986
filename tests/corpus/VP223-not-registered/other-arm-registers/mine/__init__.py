"""Mine."""


def register():
    from vllm import ModelRegistry

    try:
        from vllm.attention.layer import Attention

        ModelRegistry.register_model("Mine", "mine.model:Old")
    except ImportError:
        ModelRegistry.register_model("Mine", "mine.model:Mine")

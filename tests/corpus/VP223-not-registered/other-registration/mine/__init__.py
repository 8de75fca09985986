"""Mine."""


def register():
    from vllm import ModelRegistry

    ModelRegistry.register_model("Mine", "mine.model:Mine")
    try:
        from vllm.attention.layer import Attention

        ModelRegistry.register_model("Other", "mine.model:Mine")
        ModelRegistry.register_model("Third", "mine.model:Mine")
    except ImportError:
        pass

"""Mine."""


def register():
    try:
        from vllm import ModelRegistry
        from vllm.attention.layer import Attention  # vplug: ignore[VP223]

        ModelRegistry.register_model("Mine", "mine.model:Mine")
    except ImportError:
        pass

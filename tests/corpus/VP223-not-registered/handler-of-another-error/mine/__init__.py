"""Mine."""

from mine.setting import setup


def register():
    try:
        setup()
    except ValueError:
        pass
    from vllm import ModelRegistry

    ModelRegistry.register_model("Other", "mine.model:Mine")

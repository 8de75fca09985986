"""Mine."""

import os

from mine.setting import setup


def register():
    if os.environ.get("MINE"):
        setup()
    from vllm import ModelRegistry

    ModelRegistry.register_model("Other", "mine.model:Mine")

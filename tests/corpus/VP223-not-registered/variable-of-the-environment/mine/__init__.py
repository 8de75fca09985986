"""Mine."""

import os


def register():
    if os.environ.get("MINE") == "1":
        from vllm import ModelRegistry

        ModelRegistry.register_model("Mine", "mine.model:Mine")

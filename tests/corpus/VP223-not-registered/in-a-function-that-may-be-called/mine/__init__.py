"""Mine."""

import logging


def register():
    try:
        _register()
    except Exception:
        logging.warning("mine is not available")


def _register():
    from vllm import ModelRegistry

    ModelRegistry.register_model("Mine", "mine.model:Mine")

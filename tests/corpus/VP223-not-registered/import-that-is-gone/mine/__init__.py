"""Mine."""

import logging


def register():
    try:
        from vllm import ModelRegistry
        from vllm.attention.layer import Attention

        ModelRegistry.register_model("Mine", "mine.model:Mine")
    except Exception:
        logging.warning("mine is not available")

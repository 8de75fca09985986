"""Mine."""

import logging


def register():
    try:
        from mine import quantization
    except Exception:
        logging.exception("mine is not available")

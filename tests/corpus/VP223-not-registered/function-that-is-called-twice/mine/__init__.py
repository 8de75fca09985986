"""Mine."""

from mine.setting import again, setup


def register():
    try:
        from vllm.attention.layer import Attention  # noqa: F401

        again()
    except ImportError:
        pass
    try:
        again()
    except ImportError:
        pass

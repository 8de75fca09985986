import sys


def register():
    """Register.

    Raises:
        ValueError: never.
    """
    if sys.platform != "linux":
        raise RuntimeError("only on Linux")

import sys


def register():
    """Register the model.

    Raises:
        RuntimeError: not on Linux.
    """
    if sys.platform != "linux":
        raise RuntimeError("only on Linux")

import sys


def register():
    if sys.platform != "linux":
        raise RuntimeError("only on Linux")

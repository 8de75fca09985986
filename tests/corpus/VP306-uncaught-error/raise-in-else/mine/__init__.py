import sys


def register():
    if sys.platform == "linux":
        pass
    else:
        raise RuntimeError

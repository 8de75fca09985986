import os

READY = False


def register():
    check(os.environ.get("MINE_READY"))


def check(READY):
    if not READY:
        raise RuntimeError("not ready")

import os


def register():
    os.environ.get("MINE_FAST_MODE")

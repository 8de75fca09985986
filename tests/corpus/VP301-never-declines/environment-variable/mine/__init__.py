import os


def register():
    return os.environ.get("MINE_CLASS")

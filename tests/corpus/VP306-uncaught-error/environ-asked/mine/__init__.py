import os


def register():
    if "MINE_PATH" in os.environ:
        path = os.environ["MINE_PATH"]

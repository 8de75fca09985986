import os


def register():
    if "MINE_PATH" not in os.environ:
        return
    path = os.environ["MINE_PATH"]

import os


def register():
    path = os.environ["MINE_PATH"]

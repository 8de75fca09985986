import os

PATH = os.environ["MINE_PATH"]


def register():
    pass

import os


def register():
    os.environ["MINE_PATH"] = "/tmp"
    path = os.environ["MINE_PATH"]

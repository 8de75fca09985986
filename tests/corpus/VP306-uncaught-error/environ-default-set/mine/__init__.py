import os


def register():
    os.environ.setdefault("MINE_PATH", "/tmp")
    path = os.environ["MINE_PATH"]

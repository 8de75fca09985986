import os


def register():
    path = os.environ.get("MINE_PATH")

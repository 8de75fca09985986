import os


def register():
    size = int(os.environ.get("MINE_SIZE", "4"))

import os


def register():
    size = float(os.getenv("MINE_SIZE", "4"))

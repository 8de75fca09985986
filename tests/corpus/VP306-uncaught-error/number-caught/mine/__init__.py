import os


def register():
    try:
        size = int(os.environ.get("MINE_SIZE", "4"))
    except ValueError:
        size = 4

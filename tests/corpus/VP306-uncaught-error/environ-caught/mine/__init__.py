import os


def register():
    try:
        path = os.environ["MINE_PATH"]
    except KeyError:
        path = None

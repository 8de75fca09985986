import os


def register():
    return os.environ["FAST_MODE"]

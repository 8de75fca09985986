import os


def register():
    name = "FAST_MODE"
    os.environ.get(name)

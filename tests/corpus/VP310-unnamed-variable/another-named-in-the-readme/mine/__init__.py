import os


def register():
    os.environ.get("FAST_MODE")

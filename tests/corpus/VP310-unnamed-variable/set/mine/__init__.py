import os


def register():
    os.environ["FAST_MODE"] = "1"

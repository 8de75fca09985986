import os


def register():
    return "FAST_MODE" in os.environ

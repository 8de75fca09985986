import os


def register():
    os.getenv("FAST_MODE", "0")

import os


def register():
    a = os.getenv("FAST_MODE")
    b = os.getenv("FAST_MODE")

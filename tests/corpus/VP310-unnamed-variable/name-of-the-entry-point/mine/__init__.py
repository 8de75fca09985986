import os


def register():
    os.environ.get("SPEEDY_MODE")

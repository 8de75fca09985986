import os


def register():
    os.environ.get("QUICK_MODE")

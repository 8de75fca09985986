import os

FAST = os.environ.get("FAST_MODE")

def register():
    pass

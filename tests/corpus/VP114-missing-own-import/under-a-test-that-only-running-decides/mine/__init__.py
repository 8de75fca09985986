import os

if os.environ.get("MINE_FAST"):
    from .gone import X

def register():
    pass

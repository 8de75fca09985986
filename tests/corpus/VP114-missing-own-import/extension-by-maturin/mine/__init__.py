from .core import ops

def register():
    pass

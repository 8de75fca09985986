from . import ops

def register():
    pass

from . import other

def register():
    pass

from . import model

def register():
    pass

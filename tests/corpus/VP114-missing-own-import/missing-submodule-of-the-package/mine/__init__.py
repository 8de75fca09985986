from . import chunking

def register():
    pass

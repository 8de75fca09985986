from .registry import go

def register():
    pass

from .a import A

def register():
    pass

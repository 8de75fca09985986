from .a import X

def register():
    pass

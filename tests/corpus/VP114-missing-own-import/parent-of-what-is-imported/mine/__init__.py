from .sub.a import A

def register():
    pass

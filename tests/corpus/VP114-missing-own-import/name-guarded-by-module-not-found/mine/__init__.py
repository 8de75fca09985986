try:
    from .a import X
except ModuleNotFoundError:
    X = None

def register():
    pass

try:
    from .a import A
except ImportError:
    A = None

def register():
    pass

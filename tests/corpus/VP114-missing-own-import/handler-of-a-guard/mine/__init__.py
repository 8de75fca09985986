try:
    import numpy
except ImportError:
    from .gone import X

def register():
    pass

try:
    from .gone import X
except ImportError:
    X = None


def register():
    pass

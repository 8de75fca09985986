try:
    from .gone import X
except Exception:
    X = None


def register():
    pass

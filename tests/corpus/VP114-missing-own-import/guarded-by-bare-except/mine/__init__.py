try:
    from .gone import X
except:
    X = None


def register():
    pass

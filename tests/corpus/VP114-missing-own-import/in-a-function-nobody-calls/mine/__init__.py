def register():
    pass


def later():
    from .gone import X

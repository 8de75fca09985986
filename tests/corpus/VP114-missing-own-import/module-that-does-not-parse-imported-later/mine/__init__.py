def register():
    pass


def later():
    from .a import A

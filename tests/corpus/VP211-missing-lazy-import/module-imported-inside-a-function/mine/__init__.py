def register():
    pass


def later():
    from .other import C

    return C

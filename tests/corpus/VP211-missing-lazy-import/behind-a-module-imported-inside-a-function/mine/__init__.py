def register():
    pass


def later():
    from . import a

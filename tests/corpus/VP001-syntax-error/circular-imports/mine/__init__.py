from . import a


def register():
    return None

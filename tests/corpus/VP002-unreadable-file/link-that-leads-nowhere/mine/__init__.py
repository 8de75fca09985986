from . import ops


def register():
    return ops

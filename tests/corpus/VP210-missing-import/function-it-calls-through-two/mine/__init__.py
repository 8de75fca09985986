from .a import one


def register():
    one()

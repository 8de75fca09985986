from .b import two


def one():
    return two()

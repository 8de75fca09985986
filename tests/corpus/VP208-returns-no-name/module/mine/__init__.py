from . import platform


def register():
    return platform

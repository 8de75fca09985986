from .tools import path_of


def register():
    return path_of("MyPlatform")

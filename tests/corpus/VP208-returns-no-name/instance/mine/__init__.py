from .platform import MyPlatform


def register():
    return MyPlatform()

from .platform import MyPlatform


def register():
    return "mine.MyPlatform"

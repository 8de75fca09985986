_CLASS = "mine.platform:MyPlatform"


def register():
    return _CLASS

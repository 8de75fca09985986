_CLASSES = {"a": "mine.platform.MyPlatform"}


def register():
    return _CLASSES["a"]

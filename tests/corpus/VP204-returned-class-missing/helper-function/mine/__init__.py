def _available():
    return True


def _path():
    if _available():
        return "mine.platform.MyPlatform"
    return None


def register():
    return _path()

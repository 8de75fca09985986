def register():
    if not available():
        return None
    return "mine.platform.MyPlatform"


def available():
    return True

def _name():
    return "mine.platform.MinePlatform"


def register():
    return _name()

CLASS = "mine.platform.MinePlatform"


def register():
    return CLASS

LINUX = True


def register():
    if LINUX:
        return "mine.platform.MinePlatform"
    return "mine.platform.MinePlatform"

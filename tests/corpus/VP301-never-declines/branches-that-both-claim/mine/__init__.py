import os


def register():
    if os.path.sep == "/":
        return "mine.platform.MinePlatform"
    return "mine.platform.MinePlatform"

from . import settings

def register():
    return "mine.platform.MinePlatform"

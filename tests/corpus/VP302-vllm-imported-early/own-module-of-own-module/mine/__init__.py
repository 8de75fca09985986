from .a import x

def register():
    return "mine.platform.MinePlatform"

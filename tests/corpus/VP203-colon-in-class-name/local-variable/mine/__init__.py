def register():
    found = None
    if __debug__:
        found = "mine.platform:MyPlatform"
    return found

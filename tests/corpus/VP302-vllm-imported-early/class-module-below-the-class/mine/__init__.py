def register():
    return "mine.platform.MinePlatform"

def register():
    return "mine.platforms.MyPlatform"

def register():
    return "mine.MyPlatform"

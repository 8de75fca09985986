def register():
    return "mine.platform:MyPlatform"

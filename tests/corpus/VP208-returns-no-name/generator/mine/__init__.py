def register():
    yield "mine.platform.MyPlatform"

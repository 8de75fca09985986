def register():
    return "mine.platform.make"

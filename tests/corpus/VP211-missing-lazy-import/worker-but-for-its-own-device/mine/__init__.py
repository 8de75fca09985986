def register():
    return "mine.platform.P"

def register():
    return "mine.platform"

def register():
    return "mine.platform.Mine"

def register():
    return "mine.platform.MyPlatfrom"

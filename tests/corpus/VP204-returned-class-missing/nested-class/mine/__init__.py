def register():
    return "mine.platform.Outer.Inner"

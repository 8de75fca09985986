def register():
    return "mine.io.Mine"

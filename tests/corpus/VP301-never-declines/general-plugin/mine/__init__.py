def register():
    return "x.y"

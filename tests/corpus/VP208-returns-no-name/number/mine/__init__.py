def register():
    return 0

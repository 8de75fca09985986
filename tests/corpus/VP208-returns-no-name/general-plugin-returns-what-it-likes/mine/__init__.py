def register():
    return True

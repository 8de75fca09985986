def register():
    return None

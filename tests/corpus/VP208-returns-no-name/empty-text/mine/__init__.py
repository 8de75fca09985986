def register():
    return ""

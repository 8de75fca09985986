def register():
    return None


def register():
    return None

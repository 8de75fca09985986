from mine import b


def register():
    return None

syntax of tomorrow


def register():
    return None

import flashmine


def register():
    pass

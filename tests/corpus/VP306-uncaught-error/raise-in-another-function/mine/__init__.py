def other():
    raise RuntimeError


def register():
    pass

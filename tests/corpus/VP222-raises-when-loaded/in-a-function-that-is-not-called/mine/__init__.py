def register():
    def inner():
        raise RuntimeError("no")

    return inner

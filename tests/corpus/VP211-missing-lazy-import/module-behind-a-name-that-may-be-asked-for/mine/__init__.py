def __getattr__(name):
    if name == "C":
        from mine.other import C

        return C
    raise AttributeError(name)


def register():
    pass

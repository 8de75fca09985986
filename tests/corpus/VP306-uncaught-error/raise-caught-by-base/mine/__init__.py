def register():
    try:
        raise KeyError("no")
    except LookupError:
        pass

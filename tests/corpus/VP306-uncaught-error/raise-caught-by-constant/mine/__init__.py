ERRORS = (KeyError, ValueError)


def register():
    try:
        raise KeyError("no")
    except ERRORS:
        pass

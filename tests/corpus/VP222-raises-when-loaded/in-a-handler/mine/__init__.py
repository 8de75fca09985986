def register():
    try:
        open("x")
    except OSError as error:
        raise RuntimeError("no") from error

def register():
    try:
        raise ValueError("no")
    except ValueError:
        pass

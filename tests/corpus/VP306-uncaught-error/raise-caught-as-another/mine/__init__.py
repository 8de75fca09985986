def register():
    try:
        raise KeyError("no")
    except ImportError:
        pass

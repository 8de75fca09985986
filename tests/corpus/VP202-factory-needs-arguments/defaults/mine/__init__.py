def register(config=None, /, level=1, *, force=False):
    return None

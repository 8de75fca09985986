def register(path=None):
    return path

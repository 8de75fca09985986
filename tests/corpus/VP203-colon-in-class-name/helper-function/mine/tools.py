def path_of(name):
    return f"mine.platform:{name}"

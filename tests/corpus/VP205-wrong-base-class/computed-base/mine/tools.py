def make_base():
    return object

def regster():
    return None

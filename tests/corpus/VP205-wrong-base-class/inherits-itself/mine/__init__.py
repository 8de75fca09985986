class register(register):
    pass

class register:
    pass

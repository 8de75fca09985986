class W:
    pass

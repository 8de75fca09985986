def register(:
    pass

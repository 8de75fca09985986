class Mine:
    pass


class Old:
    pass

def register():
    pass


class Mine:
    pass

class Mine:
    pass


Mine.x = 1

def register():
    pass

import mine.a.b

def register():
    pass

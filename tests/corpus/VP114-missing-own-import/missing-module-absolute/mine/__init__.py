import mine.registry

def register():
    pass

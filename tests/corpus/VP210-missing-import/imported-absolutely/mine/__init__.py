import mine.model

def register():
    pass

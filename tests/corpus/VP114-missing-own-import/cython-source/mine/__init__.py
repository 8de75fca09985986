from .fast import go

def register():
    pass

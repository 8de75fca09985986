from .registry import regster_all

def register():
    pass

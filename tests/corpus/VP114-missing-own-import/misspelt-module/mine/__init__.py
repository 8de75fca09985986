from .registy import register_all

def register():
    pass

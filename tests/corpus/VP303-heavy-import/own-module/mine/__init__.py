from .model import Model

def register():
    pass

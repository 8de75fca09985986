from .compat import Attention

def register():
    pass

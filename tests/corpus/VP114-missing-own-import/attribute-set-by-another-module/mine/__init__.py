from . import b
from .a import X

def register():
    pass

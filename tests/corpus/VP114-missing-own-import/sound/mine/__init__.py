from .a import A, B
from . import b
from .b import *
import mine.b as c

def register():
    pass

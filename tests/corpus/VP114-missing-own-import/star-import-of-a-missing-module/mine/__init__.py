from .gone import *

def register():
    pass

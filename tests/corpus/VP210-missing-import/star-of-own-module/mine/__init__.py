from .model import *

def register():
    pass

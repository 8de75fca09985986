from .a import *


def register():
    return None

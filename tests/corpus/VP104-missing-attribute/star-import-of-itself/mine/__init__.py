from mine import *


def register():
    return None

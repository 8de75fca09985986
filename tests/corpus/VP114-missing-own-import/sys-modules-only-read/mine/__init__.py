import sys

this = sys.modules[__name__]
from mine.gone import loads

def register():
    pass

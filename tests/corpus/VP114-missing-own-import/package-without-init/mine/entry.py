from mine.gone import X
from .a import A

def register():
    pass

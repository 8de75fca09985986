from acme.mine.gone import X
from acme.mine.a import A

def register():
    pass

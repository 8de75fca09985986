from acme.core import X

def register():
    pass

from ._version import version

def register():
    pass

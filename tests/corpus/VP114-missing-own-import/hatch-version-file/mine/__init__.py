from .about import version

def register():
    pass

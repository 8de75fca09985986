try:
    from . import a
except ImportError:
    a = None

def register():
    pass

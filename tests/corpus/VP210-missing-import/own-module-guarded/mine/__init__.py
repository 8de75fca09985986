try:
    from .old import thing
except ImportError:
    thing = None

def register():
    pass

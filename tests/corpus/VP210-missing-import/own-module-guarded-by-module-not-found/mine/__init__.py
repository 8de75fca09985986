try:
    from .old import thing
except ModuleNotFoundError:
    thing = None

def register():
    pass

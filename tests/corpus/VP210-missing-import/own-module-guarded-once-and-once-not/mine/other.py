from .old import thing

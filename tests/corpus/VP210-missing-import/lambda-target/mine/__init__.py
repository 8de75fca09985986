from .impl import go

register = lambda: go()

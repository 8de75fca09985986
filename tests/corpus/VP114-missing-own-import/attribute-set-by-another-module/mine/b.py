from . import a

a.X = 1

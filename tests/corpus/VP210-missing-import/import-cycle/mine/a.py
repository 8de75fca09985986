from . import b

A = 1

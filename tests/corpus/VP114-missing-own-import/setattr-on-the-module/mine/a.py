import sys


def fill():
    setattr(sys.modules[__name__], "X", 1)


fill()

import sys


def register():
    sys.modules["mine.x"] = None

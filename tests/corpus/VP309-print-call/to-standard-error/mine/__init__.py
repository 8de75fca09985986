import sys


def register():
    print("a", file=sys.stderr)

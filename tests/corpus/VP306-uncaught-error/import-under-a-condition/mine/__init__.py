import sys


def register():
    if sys.platform == "darwin":
        import flashmine

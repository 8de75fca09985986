import importlib


def register():
    try:
        importlib.import_module("mine.lost")
    except ImportError:
        pass

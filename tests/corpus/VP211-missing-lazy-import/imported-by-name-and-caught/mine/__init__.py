import importlib


def register():
    pass


def later():
    try:
        return importlib.import_module("mine.other")
    except ImportError:
        return None

import importlib

TABLE = {"X": "mine.b"}


def __getattr__(name):
    if name in TABLE:
        return getattr(importlib.import_module(TABLE[name]), name)
    raise AttributeError(name)

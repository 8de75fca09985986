import importlib

_TABLE = {"enroll": "mine.plugin"}


def __getattr__(name):
    if name in _TABLE:
        return getattr(importlib.import_module(_TABLE[name]), name)
    raise AttributeError(name)

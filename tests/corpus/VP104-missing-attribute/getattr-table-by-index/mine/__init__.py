import importlib

_TABLE = {
    "register": ("mine.plugin", "enroll"),
}


def __getattr__(name):
    if name in _TABLE:
        return getattr(importlib.import_module(_TABLE[name][0]), _TABLE[name][1])
    raise AttributeError(name)

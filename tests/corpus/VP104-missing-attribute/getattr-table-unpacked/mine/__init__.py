import importlib

_TABLE = {
    "register": ("mine.plugin", "enroll"),
}


def __getattr__(name):
    if name not in _TABLE:
        raise AttributeError(name)
    module, attribute = _TABLE[name]
    return getattr(importlib.import_module(module), attribute)

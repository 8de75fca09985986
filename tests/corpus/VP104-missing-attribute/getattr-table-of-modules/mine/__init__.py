import importlib

_TABLE = {"register": ".plugin"}


def __getattr__(name):
    if name in _TABLE:
        module = importlib.import_module(_TABLE[name], __name__)
        return getattr(module, name)
    raise AttributeError(name)

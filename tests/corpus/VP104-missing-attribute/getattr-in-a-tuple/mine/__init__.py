from importlib import import_module


def __getattr__(name: str):
    if name in ("register", "unregister"):
        return getattr(import_module(".plugin", __name__), name)
    raise AttributeError(name)

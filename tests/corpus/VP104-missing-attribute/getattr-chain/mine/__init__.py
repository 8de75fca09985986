def __getattr__(name):
    if name == "register":
        from .plugin import register

        return register
    raise AttributeError(f"module has no attribute {name!r}")

def __getattr__(name):
    if name == "enroll":
        from .plugin import enroll

        return enroll
    raise AttributeError(name)

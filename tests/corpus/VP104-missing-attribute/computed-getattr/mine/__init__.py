def __getattr__(name):
    return _find(name)


def _find(name):
    raise AttributeError(name)

def register():
    add("mine", 3)


def add(name, size, limit=None):
    if not isinstance(name, str):
        raise TypeError("a name is text")
    if size < 0:
        raise ValueError("too small")
    if limit is not None and size > limit:
        raise ValueError("too large")

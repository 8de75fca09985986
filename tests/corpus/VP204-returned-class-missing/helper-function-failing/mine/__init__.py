def _path(name):
    return f"mine.platform.{name}"


def register():
    return _path("Other")

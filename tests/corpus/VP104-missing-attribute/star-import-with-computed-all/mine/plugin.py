__all__ = [name for name in dir() if not name.startswith("_")]


def register():
    return None

__all__ = ["other"]
__all__.extend(["register"])


def register():
    return None

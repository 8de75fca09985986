__all__ = ["other"]
__all__ += ["register"]


def register():
    return None

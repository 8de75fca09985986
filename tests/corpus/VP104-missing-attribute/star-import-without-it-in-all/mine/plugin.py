__all__ = ["other"]


def other():
    return None


def register():
    return None

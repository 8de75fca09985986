__all__ = ("_register",)


def _register():
    return None

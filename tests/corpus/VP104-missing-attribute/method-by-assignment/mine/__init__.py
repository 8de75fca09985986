def _register():
    return None


class Plugin:
    register = staticmethod(_register)

from functools import partial


def _register(force):
    return None


register = partial(_register, True)

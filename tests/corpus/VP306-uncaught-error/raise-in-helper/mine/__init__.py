def _check(version):
    if version < 3:
        raise RuntimeError("too old")


def register():
    _check(3)

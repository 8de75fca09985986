def _check(version):
    """Check.

    :raises RuntimeError: too old
    """
    if version < 3:
        raise RuntimeError("too old")


def register():
    _check(3)

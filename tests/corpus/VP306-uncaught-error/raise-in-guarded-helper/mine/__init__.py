def _check():
    raise RuntimeError("too old")


def register():
    try:
        _check()
    except Exception:
        pass

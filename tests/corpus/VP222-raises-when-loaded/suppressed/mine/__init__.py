def register():
    import contextlib

    with contextlib.suppress(Exception):
        raise RuntimeError("no")

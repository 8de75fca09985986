from contextlib import suppress


def register():
    with suppress(Exception):
        raise ValueError("no")

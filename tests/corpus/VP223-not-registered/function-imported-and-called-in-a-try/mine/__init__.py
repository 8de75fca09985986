"""Mine."""


def register():
    try:
        from mine.setting import setup

        begin(setup)
        setup()
    except Exception:
        pass


def begin(function):
    return function

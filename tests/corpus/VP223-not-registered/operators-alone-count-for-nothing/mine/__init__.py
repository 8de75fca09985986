"""Mine."""


def register():
    try:
        import mine.operators
        import mine.backend
    except ImportError:
        pass

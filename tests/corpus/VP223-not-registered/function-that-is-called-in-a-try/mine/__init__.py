"""Mine."""

from mine.setting import setup


def register():
    try:
        setup()
    except Exception:
        pass

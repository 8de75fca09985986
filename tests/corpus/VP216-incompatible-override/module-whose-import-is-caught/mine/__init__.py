"""Mine."""

try:
    from mine import old
except ImportError:
    old = None


def register():
    pass

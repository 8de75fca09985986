def register():
    try:
        from . import impl
    except ImportError:
        pass

def register():
    try:
        import flashmine
    except ImportError:
        return

def register():
    try:
        from .old import thing
    except Exception:
        thing = None

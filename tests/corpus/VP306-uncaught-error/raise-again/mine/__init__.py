def register():
    try:
        import json
    except Exception:
        raise

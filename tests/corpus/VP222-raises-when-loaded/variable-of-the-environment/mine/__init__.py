def register():
    import os

    if os.environ.get("MINE"):
        raise RuntimeError("no")

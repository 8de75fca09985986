def register():
    import os

    if os.environ.get("A"):
        if os.environ.get("B"):
            return
    raise RuntimeError("no")

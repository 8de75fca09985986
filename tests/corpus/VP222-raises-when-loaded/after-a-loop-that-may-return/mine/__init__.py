def register():
    for name in open("names"):
        if name:
            return
    raise RuntimeError("none")

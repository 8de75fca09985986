def register():
    raise RuntimeError  # vplug: ignore[VP306]

for name in ("X", "Y"):
    globals()[name] = 1

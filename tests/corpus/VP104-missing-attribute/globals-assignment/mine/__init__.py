def _a():
    return None


for _name in ("register",):
    globals()[_name] = _a

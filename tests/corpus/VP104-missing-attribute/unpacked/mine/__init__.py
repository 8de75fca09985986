def _a():
    return None


(register, *_others) = (_a, _a)

def _a():
    return None


for register in (_a,):
    pass

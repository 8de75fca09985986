from mine import regs
TABLE = {"a": 1}


def register():
    load("b")


def load(name):
    if name not in TABLE:
        raise KeyError(name)

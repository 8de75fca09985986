import mine


def fill():
    mine.TABLE["b"] = 3

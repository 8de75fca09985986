from .tables import TABLE


def register():
    return TABLE

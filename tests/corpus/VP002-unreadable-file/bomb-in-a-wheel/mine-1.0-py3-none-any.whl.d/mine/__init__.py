from . import tables


def register():
    return tables

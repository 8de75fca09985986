from . import names


def register():
    return names.MODULE + "." + names.CLASS

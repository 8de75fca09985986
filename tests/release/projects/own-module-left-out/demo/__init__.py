from .sub import registers_all


def register():
    registers_all()

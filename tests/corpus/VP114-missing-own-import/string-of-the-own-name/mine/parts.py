A = f"{__name__.rpartition('.')[0]}.other:go"


def register():
    pass

import builtins


def register():
    setattr(builtins, "open", None)

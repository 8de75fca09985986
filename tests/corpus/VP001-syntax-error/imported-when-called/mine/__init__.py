def register():
    from . import ops

    return ops

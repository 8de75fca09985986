def register():
    from . import ops

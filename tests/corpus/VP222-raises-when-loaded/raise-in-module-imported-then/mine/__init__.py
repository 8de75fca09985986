def register():
    from . import impl

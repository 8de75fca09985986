def register():
    from . import quant

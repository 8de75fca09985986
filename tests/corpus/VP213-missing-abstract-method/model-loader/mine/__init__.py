def register():
    from . import loader

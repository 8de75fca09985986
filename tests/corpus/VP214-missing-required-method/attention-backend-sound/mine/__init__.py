def register():
    from . import backend

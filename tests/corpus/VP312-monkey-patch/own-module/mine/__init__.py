def register():
    from . import patches

def register():
    from .impl import register as real

    real()

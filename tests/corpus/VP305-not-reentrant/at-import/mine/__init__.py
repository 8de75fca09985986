def register():
    from . import connectors

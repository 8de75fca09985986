def register():
    from .connectors import register_all

    register_all()

def register():
    from . import impl

    impl.register()

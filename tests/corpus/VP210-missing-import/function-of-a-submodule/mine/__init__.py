from . import impl


def register():
    impl.register()

def register():
    from .impl import Impl

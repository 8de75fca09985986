def register():
    from .platform import MyPlatform

    return MyPlatform

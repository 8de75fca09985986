def register():
    from .platform import MyPlatform

    return f"{MyPlatform.__module__}.{MyPlatform.__qualname__}"

def register():
    from .platform import MinePlatform

    return "mine.platform.MinePlatform"

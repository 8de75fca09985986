def register():
    from . import settings

    return "mine.platform.MinePlatform"

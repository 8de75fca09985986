def register():
    return "mine.platform:MyPlatform" if __debug__ else None

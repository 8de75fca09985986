def register():
    return f"{__name__}.platform.MyPlatform"

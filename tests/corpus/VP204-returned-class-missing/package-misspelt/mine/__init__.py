def register():
    return "mien.platform.MyPlatform"

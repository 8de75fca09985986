def register():
    return "mine._native.MyPlatform"

def register():
    return "MyPlatform"

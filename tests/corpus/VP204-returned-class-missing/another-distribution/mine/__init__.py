def register():
    return "other_package.platform.MyPlatform"

def register():
    return "mine.platform.MinePlatform"  # vplug: ignore[VP301]

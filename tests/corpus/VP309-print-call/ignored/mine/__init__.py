def register():
    print("a")  # vplug: ignore[VP309]

def register(:  # vplug: ignore[VP001]
    pass

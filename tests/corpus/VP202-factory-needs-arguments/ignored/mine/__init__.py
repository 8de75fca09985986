def register(config):  # vplug: ignore[factory-needs-arguments]
    return None

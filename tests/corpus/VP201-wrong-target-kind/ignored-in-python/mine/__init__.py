async def register():  # vplug: ignore[VP201]
    return None

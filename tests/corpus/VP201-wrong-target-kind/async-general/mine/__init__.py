async def register():
    return None

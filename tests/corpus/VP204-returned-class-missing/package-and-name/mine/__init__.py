def register():
    return ".".join([__package__, "platform", "MyPlatform"])

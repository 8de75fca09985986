class MyPlatform:
    pass

class MyProcessor:
    pass

def go():
    from .gone import X

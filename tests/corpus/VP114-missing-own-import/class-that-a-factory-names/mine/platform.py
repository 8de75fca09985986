from .gone import X


class P:
    pass

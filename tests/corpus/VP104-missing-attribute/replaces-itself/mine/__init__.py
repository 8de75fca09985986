import sys


class _Lazy:
    register = None


sys.modules[__name__] = _Lazy()

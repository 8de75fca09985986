from .tools import make_base


class register(make_base()):
    pass

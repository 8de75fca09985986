_BASES = ()


class register(*_BASES):
    pass

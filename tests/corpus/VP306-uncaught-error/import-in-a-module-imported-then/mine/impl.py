import flashmine


class Impl:
    pass

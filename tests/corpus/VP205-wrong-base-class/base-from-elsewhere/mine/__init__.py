from other_package import BaseLogger


class register(BaseLogger):
    pass

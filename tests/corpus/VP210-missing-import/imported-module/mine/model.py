from .layers import Layer


class Model:
    pass

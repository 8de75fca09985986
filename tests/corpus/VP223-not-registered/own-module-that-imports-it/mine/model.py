from mine.layers import Attention


class Mine(Attention):
    pass

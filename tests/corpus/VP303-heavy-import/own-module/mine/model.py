import scipy


class Model:
    pass

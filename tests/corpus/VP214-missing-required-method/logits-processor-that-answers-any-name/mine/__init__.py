class Mine:
    def __init__(self, *given):
        self.real = make(*given)

    def __getattr__(self, name):
        return getattr(self.real, name)

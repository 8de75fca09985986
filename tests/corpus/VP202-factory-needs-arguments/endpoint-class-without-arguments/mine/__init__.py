class register:
    def __init__(self, *, prefix="/"):
        self.prefix = prefix

class Plugin:
    @classmethod
    def register(cls):
        return None

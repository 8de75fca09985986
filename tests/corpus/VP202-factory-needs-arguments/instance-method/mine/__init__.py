class Plugin:
    def register(self):
        return None

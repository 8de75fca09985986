class Plugin:
    def register(self):
        return None


plugin = Plugin()

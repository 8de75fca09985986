class Plugin:
    @staticmethod
    def register():
        return None

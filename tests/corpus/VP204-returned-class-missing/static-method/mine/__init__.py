class Plugin:
    @staticmethod
    def register():
        return "mine.platform.MyPlatform"

def register():
    def other():
        return "mine.nowhere.Nothing"

    return "mine.platform.MyPlatform"

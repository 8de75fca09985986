def register():
    return "mine.nowhere.Nothing"

class Outer:
    class Inner:
        @staticmethod
        def register():
            return None

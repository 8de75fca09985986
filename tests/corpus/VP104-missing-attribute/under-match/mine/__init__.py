import sys

match sys.platform:
    case "linux":
        def register():
            return None
    case _:
        register = None

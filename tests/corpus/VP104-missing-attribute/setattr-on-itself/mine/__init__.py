import sys

setattr(sys.modules[__name__], "register", lambda: None)

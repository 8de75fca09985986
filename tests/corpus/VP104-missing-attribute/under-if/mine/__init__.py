import sys

if sys.platform == "linux":

    def register():
        return None
else:
    register = None

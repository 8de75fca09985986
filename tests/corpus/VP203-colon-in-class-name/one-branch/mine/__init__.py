import os


def register():
    if os.environ.get("MINE"):
        return "mine.platform:MyPlatform"
    return None

import os


def register():
    if not os.path.exists("/dev/mine0"):
        raise RuntimeError("no device")
    return "mine.platform.MinePlatform"

import os


def register():
    if os.environ.get("GAUDI"):
        return "mine.gaudi.GaudiPlatform"
    return "mine.platform.MyPlatform"

import os


def register():
    os.getenv("FAST_MODE")  # vplug: ignore[VP310]

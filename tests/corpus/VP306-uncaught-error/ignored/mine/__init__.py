import os


def register():
    if os.environ.get("MINE"):
        raise RuntimeError  # vplug: ignore[VP306]

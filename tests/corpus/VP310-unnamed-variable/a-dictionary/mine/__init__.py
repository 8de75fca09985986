import os


def register():
    options = {"FAST_MODE": 1}
    return options.get("FAST_MODE"), os.environ

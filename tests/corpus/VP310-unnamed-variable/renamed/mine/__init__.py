from os import environ as env


def register():
    return env.get("FAST_MODE")

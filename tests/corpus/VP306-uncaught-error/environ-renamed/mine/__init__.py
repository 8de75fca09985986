from os import environ as env


def register():
    path = env["MINE_PATH"]

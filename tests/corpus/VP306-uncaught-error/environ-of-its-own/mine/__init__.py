environ = {"MINE_PATH": 1}


def register():
    path = environ["MINE_PATH"]

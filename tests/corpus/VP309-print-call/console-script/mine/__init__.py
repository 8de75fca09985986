def register():
    pass


def show():
    print("a")

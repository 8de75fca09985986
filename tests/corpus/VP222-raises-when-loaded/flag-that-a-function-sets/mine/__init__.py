READY = False


def init():
    global READY
    READY = True


def register():
    init()
    check()


def check():
    if not READY:
        raise RuntimeError("no")

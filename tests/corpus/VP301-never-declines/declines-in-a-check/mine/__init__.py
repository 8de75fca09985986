def _check():
    open("/dev/mine0").close()


def register():
    _check()
    return "mine.platform.MinePlatform"

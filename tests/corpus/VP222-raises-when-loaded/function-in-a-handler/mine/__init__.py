try:
    from other import check
except ImportError:

    def check():
        raise RuntimeError("install other")


def register():
    check()

def register():
    def build():
        raise RuntimeError

    return build

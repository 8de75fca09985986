def register():
    def build():
        raise RuntimeError

    build()

def outer():
    def register():
        return None

    return register

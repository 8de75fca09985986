def _bind():
    global register
    register = lambda: None


_bind()

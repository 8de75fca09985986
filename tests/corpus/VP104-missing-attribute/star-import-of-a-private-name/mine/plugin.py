def _register():
    return None

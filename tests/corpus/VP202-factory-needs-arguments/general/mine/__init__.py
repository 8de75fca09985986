def register(config):
    return None

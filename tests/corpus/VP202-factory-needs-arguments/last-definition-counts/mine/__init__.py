def register():
    return None


def register(config):  # noqa: F811
    return config

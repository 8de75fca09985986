from .tools import with_config


@with_config
def register(config):
    return config

import functools


@functools.cache
def register(config):
    return config

class register(object):
    pass

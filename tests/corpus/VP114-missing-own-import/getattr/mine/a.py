def __getattr__(name):
    return compute(name)

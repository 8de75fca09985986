class Logger:
    pass

class Runner:
    pass

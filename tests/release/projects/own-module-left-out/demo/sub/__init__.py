def registers_all():
    pass

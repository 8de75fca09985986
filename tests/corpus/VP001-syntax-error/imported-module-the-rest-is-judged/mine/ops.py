class Op
    pass

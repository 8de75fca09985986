class MineNorm:
    pass

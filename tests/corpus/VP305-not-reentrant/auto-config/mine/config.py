class MineConfig:
    pass

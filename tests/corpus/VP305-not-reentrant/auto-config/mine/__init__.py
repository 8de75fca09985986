def register():
    from transformers import AutoConfig

    from .config import MineConfig

    AutoConfig.register("mine", MineConfig)

from vllm import ModelRegistry


def register():
    ModelRegistry.register_model("Mine", f"{__name__}.model.Mine")

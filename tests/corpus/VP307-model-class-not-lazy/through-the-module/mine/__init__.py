def register():
    from vllm import ModelRegistry

    from . import model

    ModelRegistry.register_model("Mine", model.Mine)

def register():
    from vllm import ModelRegistry

    from .model import Mine

    ModelRegistry.register_model("Mine", Mine)

def register():
    from vllm import ModelRegistry

    from .model import Mine

    for name, cls in [("Mine", Mine)]:
        ModelRegistry.register_model(name, cls)

def register():
    from vllm import ModelRegistry

    from .model import Mine

    ModelRegistry.register_model(model_arch="Mine", model_cls=Mine)

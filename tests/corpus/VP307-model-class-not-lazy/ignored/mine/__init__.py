def register():
    from vllm import ModelRegistry

    from .model import Mine

    ModelRegistry.register_model("Mine", Mine)  # vplug: ignore[VP307]

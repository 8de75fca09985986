def register():
    from vllm import ModelRegistry

    from .model import Mine

    chosen = Mine
    ModelRegistry.register_model("Mine", chosen)

from vllm import ModelRegistry


def register():
    from .model import Mine

    ModelRegistry.register_model("Mine", Mine)

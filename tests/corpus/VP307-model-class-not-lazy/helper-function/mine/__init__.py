def _add(name, cls):
    from vllm import ModelRegistry

    ModelRegistry.register_model(name, cls)


def register():
    from .model import Mine

    _add("Mine", Mine)

MODELS = {"Mine": "mine.model:Mine"}


def register():
    from vllm import ModelRegistry

    for name, where in MODELS.items():
        ModelRegistry.register_model(name, where)

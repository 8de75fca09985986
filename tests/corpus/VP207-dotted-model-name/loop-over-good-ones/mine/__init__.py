from vllm import ModelRegistry


_MODELS = {"Mine": ("model", "Mine")}


def register():
    for arch, (module, name) in _MODELS.items():
        ModelRegistry.register_model(arch, f"mine.{module}:{name}")

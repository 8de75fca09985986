from vllm import ModelRegistry


_MODELS = {
    "Mine": "mine.model.Mine",
    "Ours": "mine.model:Mine",
}


def register():
    for arch, path in _MODELS.items():
        ModelRegistry.register_model(arch, path)

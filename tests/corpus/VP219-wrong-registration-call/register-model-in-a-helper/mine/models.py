from vllm import ModelRegistry


def register_models():
    for name in ("A", "B"):
        ModelRegistry.register_model(name, f"mine.model:{name}", force=True)

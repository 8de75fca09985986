from vllm import ModelRegistry


def register():
    try:
        ModelRegistry.register_model("Mine", "mine.model:Mine", exist_ok=True)
    except TypeError:
        ModelRegistry.register_model("Mine", "mine.model:Mine")

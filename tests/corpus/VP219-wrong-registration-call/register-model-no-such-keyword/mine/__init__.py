from vllm import ModelRegistry


def register():
    ModelRegistry.register_model("Mine", "mine.model:Mine", exist_ok=True)

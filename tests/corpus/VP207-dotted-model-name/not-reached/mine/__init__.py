from vllm import ModelRegistry


def register():
    return None


def unused():
    ModelRegistry.register_model("Mine", "mine.model.Mine")

from vllm import ModelRegistry


def register():
    ModelRegistry.register_model("Mine", "mine.other:C")

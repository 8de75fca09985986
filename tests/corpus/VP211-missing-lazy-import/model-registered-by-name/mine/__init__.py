from vllm import ModelRegistry


def register():
    ModelRegistry.register_model("C", "mine.other:C")

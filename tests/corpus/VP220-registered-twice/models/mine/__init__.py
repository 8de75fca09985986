from vllm import ModelRegistry


def register():
    ModelRegistry.register_model("Mine", "mine.a:A")
    ModelRegistry.register_model("Mine", "mine.b:B")

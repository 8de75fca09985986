from vllm import ModelRegistry


def register():
    if "Mine" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("Mine", "mine.other:C")

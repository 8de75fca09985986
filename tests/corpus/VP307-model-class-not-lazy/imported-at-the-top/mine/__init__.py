from vllm import ModelRegistry

from mine.model import Mine


def register():
    ModelRegistry.register_model("Mine", Mine)

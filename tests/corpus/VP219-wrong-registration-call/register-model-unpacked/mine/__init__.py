from vllm import ModelRegistry


def register():
    arguments = ("Mine", "mine.model:Mine")
    ModelRegistry.register_model(*arguments)

from vllm import ModelRegistry


def register():
    ModelRegistry.register_model(model_arch="Mine", model_cls="mine.model:Mine")

from vllm import ModelRegistry


def register():
    arguments = {"model_arch": "Mine", "model_cls": "mine.model:Mine"}
    ModelRegistry.register_model(**arguments)

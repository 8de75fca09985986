import importlib


def register():
    from vllm import ModelRegistry

    ModelRegistry.register_model("Mine", getattr(importlib.import_module("mine.model"), "Mine"))

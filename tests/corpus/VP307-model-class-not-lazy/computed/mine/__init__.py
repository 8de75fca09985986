import importlib
import os


def register():
    from vllm import ModelRegistry

    module = importlib.import_module(os.environ["MINE_MODEL"])
    ModelRegistry.register_model("Mine", getattr(module, "Mine"))

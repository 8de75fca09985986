import os

from vllm import ModelRegistry


def register():
    ModelRegistry.register_model("Mine", os.environ["MINE_MODEL"])

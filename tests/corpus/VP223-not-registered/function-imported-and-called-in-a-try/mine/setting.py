from vllm.attention.layer import Attention
from vllm import ModelRegistry


def setup():
    ModelRegistry.register_model("Mine", "mine.model:Mine")

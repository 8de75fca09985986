def setup():
    from vllm import ModelRegistry
    from vllm.attention.layer import Attention

    ModelRegistry.register_model("Mine", "mine.model:Mine")

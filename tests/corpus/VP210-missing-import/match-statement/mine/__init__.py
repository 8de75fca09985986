import os

match os.name:
    case "nt":
        from vllm.attention.layer import Attention
    case _:
        from vllm.model_executor.layers.attention import Attention

def register():
    pass

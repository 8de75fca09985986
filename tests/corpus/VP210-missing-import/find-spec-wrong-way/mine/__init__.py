from importlib.util import find_spec

if find_spec("vllm.attention") is None:
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

import vllm

if vllm.__version__.startswith("0.15"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

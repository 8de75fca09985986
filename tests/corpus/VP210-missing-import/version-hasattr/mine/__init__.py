import vllm

if hasattr(vllm, "attention"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

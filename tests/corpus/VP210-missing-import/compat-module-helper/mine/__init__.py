from .compat import vllm_ge

if vllm_ge("0.16"):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

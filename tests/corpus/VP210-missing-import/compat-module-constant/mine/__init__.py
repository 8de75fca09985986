from .compat import VLLM_GE_0_16

if VLLM_GE_0_16:
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

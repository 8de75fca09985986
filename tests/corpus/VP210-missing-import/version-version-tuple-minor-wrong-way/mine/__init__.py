import vllm

if vllm.__version_tuple__[0] == 0 and vllm.__version_tuple__[1] < 16:
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

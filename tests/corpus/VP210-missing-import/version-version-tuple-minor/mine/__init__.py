import vllm

if vllm.__version_tuple__[0] == 0 and vllm.__version_tuple__[1] < 16:
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

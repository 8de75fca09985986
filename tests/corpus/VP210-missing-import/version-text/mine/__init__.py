import vllm

if vllm.__version__ < "0.16":
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

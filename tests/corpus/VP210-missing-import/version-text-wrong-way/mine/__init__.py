import vllm

if vllm.__version__ < "0.16":
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

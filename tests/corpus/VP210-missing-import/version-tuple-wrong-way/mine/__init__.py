import vllm

if tuple(int(part) for part in vllm.__version__.split(".")[:2]) < (0, 16):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

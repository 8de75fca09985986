import vllm

if tuple(map(int, vllm.__version__.split(".")[:2])) < (0, 16):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

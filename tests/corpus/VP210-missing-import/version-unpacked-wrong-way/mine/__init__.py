import vllm

major, minor, *_ = vllm.__version_tuple__
if (major, minor) < (0, 16):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

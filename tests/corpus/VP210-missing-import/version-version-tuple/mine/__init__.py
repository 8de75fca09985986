from vllm import __version_tuple__

if __version_tuple__ < (0, 16):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

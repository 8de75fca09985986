try:
    import torch_npu
except ImportError:
    from vllm.attention.layer import Attention

def register():
    pass

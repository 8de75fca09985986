try:
    import torch
except ImportError:
    torch = None
finally:
    from vllm.attention.layer import Attention

def register():
    pass

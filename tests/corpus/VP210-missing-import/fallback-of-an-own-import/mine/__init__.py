try:
    from .new import Attention
except ImportError:
    from vllm.attention.layer import Attention

def register():
    pass

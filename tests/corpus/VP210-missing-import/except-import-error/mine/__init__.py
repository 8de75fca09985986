try:
    from vllm.attention.layer import Attention
except ImportError:
    Attention = None

def register():
    pass

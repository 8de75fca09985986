try:
    from vllm.attention.layer import Attention
except ImportError:
    from vllm.attention import Attention

def register():
    pass

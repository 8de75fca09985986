try:
    from vllm.attention.layer import Attention
except (ImportError, AttributeError):
    Attention = None

def register():
    pass

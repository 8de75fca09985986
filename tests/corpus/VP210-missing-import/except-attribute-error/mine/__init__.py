try:
    from vllm.attention.layer import Attention
except AttributeError:
    Attention = None

def register():
    pass

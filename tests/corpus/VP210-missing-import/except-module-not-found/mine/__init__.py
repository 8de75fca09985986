try:
    from vllm.attention.layer import Attention
except ModuleNotFoundError:
    Attention = None

def register():
    pass

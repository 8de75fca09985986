try:
    from vllm.attention.layer import Attention
except:
    Attention = None

def register():
    pass

try:
    from vllm.attention.layer import Attention
except Exception as error:
    Attention = None

def register():
    pass

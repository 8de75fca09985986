try:
    from vllm.attention.layer import Attention
except ImportError:
    print("no attention")
    raise

def register():
    pass

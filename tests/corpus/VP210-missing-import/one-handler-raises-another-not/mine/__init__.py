try:
    from vllm.attention.layer import Attention
except ModuleNotFoundError:
    Attention = None
except ImportError:
    raise

def register():
    pass

import builtins

try:
    from vllm.attention.layer import Attention
except builtins.ImportError:
    Attention = None

def register():
    pass

import importlib.util

HAS = importlib.util.find_spec("vllm.attention") is not None

if HAS:
    from vllm.attention.layer import Attention

def register():
    pass

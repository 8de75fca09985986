from importlib.util import find_spec

if find_spec("vllm") is not None:
    from vllm.attention.layer import Attention

def register():
    pass

import contextlib

with contextlib.suppress(KeyError):
    from vllm.attention.layer import Attention

def register():
    pass

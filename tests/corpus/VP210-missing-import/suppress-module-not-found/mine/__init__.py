import contextlib

with contextlib.suppress(ModuleNotFoundError):
    from vllm.attention.layer import Attention

def register():
    pass

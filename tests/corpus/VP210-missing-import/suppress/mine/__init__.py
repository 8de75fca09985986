from contextlib import suppress

with suppress(ImportError):
    from vllm.attention.layer import Attention

def register():
    pass

version = "0.1"

if version < "0.16":
    from vllm.attention.layer import Attention

def register():
    pass

import os

if os.environ.get("MINE"):
    from vllm.attention.layer import Attention
else:
    from vllm.nowhere import Attention

def register():
    pass

import os

for name in os.environ.get("MINE", "").split():
    from vllm.attention.layer import Attention

def register():
    pass

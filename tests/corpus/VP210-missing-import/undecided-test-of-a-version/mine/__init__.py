import os

if os.environ.get("MINE_VERSION", "0.9") < "0.16":
    from vllm.attention.layer import Attention

def register():
    pass

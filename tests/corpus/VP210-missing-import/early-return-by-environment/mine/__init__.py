import os


def register():
    if not os.environ.get("MINE"):
        return
    from vllm.attention.layer import Attention

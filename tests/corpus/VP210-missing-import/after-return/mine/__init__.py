def register():
    return
    from vllm.attention.layer import Attention

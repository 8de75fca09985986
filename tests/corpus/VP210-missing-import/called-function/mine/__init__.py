def register():
    from vllm.attention.layer import Attention

if True:
    from vllm.attention.layer import Attention

def register():
    pass

try:
    from vllm.attention.layer import Attention
finally:
    pass

def register():
    pass

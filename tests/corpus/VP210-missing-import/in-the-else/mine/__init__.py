try:
    import vllm
except ImportError:
    vllm = None
else:
    from vllm.attention.layer import Attention

def register():
    pass

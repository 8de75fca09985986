try:
    from vllm.attention.layer import Attention
except ImportError:

    def Attention(*args):
        raise RuntimeError("no attention")

def register():
    pass

try:
    from vllm.attention.layer import Attention
    OLD = True
except ImportError:
    OLD = False

if OLD:
    from vllm.attention.backends.abstract import AttentionBackend

def register():
    pass

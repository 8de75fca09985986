from .compat import OLD

if OLD:
    from vllm.attention.layer import AttentionType
else:
    from vllm.nowhere import Attention

def register():
    pass

import typing as t

if t.TYPE_CHECKING:
    from vllm.attention.layer import Attention

def register():
    pass

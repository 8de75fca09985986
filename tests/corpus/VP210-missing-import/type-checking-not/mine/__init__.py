from typing import TYPE_CHECKING

if not TYPE_CHECKING:
    from vllm.attention.layer import Attention

def register():
    pass

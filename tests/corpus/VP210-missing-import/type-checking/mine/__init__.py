from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vllm.attention.layer import Attention

def register():
    pass

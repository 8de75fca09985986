from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

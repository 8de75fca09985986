import os
from typing import TYPE_CHECKING

if TYPE_CHECKING and os.name == "posix":
    from vllm.attention.layer import Attention

def register():
    pass

from packaging.version import Version

from .compat import VLLM_VERSION

if not VLLM_VERSION >= Version("0.16"):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

import vllm
from packaging.version import Version

VLLM_BEFORE_0_16 = Version(vllm.__version__) < Version("0.16")

if VLLM_BEFORE_0_16:
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

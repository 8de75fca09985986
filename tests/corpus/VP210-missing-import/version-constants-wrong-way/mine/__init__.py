import vllm
from packaging.version import Version

VLLM = Version(vllm.__version__)
MOVED = Version("0.16")

if VLLM < MOVED:
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

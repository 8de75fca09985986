import vllm
from packaging.version import Version

VLLM = Version(vllm.__version__)
MOVED = Version("0.16")

if VLLM < MOVED:
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

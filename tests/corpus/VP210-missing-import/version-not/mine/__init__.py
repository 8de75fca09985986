import vllm
from packaging.version import Version

if not Version(vllm.__version__) >= Version("0.16"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

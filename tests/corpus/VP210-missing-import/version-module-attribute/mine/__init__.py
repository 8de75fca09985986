import vllm.version
from packaging.version import Version

if Version(vllm.version.__version__) < Version("0.16"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

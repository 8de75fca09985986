import vllm
from packaging.version import Version

if Version(vllm.__version__) < Version("0.16") and Version(vllm.__version__) >= Version("0.7"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

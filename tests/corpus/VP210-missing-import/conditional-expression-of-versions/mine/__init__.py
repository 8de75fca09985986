import vllm
from packaging.version import Version

OLD = True if Version(vllm.__version__) < Version("0.16") else False

if OLD:
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

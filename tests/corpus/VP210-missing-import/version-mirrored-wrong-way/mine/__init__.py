import vllm
from packaging.version import Version

if Version("0.16") > Version(vllm.__version__):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

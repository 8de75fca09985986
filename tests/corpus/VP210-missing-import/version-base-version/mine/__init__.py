import vllm
from packaging.version import Version

if Version(Version(vllm.__version__).base_version) < Version("0.16"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

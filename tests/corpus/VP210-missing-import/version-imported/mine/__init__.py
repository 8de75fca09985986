from vllm import __version__ as VLLM_VERSION
from packaging.version import Version

if Version(VLLM_VERSION) < Version("0.16"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

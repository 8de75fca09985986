from vllm.version import __version__
from packaging.version import Version

if Version(__version__) < Version("0.16"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

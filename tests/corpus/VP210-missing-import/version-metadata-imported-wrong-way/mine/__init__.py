from importlib.metadata import version
from packaging.version import Version

if Version(version("vllm")) < Version("0.16"):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

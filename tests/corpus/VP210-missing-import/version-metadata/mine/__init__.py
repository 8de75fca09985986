import importlib.metadata
from packaging.version import Version

if Version(importlib.metadata.version("vllm")) < Version("0.16"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

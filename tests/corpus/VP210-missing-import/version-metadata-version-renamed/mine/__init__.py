from importlib.metadata import version as dist
from packaging.version import Version

if Version(dist("vllm")) < Version("0.16"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

import vllm
from packaging.version import Version


def register():
    version = Version(vllm.__version__)
    old = version < Version("0.16")
    if old:
        from vllm.attention.layer import Attention
    else:
        from vllm.model_executor.layers.attention import Attention

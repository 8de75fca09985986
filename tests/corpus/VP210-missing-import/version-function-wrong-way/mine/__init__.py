import vllm
from packaging.version import Version


def old():
    """Whether it is old."""
    return Version(vllm.__version__) < Version("0.16")


if old():
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

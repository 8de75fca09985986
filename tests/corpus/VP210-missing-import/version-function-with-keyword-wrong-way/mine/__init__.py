import vllm
from packaging.version import Version

VLLM = Version(vllm.__version__)


def vllm_ge(v: str) -> bool:
    return VLLM >= Version(v)


if not vllm_ge(v="0.16"):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

import vllm
from packaging.version import Version


def register():
    if Version(vllm.__version__) < Version("0.16"):
        return
    from vllm.attention.layer import Attention

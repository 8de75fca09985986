import vllm
from packaging.version import Version


def later():
    if Version(vllm.__version__) >= Version("0.11.1"):
        return None
    from vllm.utils import FlexibleArgumentParser


def register():
    pass

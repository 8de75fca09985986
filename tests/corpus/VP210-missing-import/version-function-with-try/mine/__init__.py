from importlib.metadata import PackageNotFoundError, version
from packaging.version import Version


def old():
    try:
        return Version(version("vllm")) < Version("0.16")
    except PackageNotFoundError:
        return False


if old():
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

from importlib.metadata import PackageNotFoundError, version
from packaging.version import Version

try:
    VLLM = Version(version("vllm"))
except PackageNotFoundError:
    VLLM = Version("0.33")

if VLLM < Version("0.16"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

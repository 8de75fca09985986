import vllm
from packaging.version import Version

if Version(vllm.__version__) >= Version("0.17.0"):
    raise ImportError("too new")


def register():
    pass

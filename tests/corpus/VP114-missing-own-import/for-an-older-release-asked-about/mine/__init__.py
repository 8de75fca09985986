from importlib.metadata import version
from packaging.version import Version

if Version(version("vllm")) < Version("0.12"):
    from .gone import X

def register():
    pass

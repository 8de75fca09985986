import vllm
from packaging.version import Version

if Version(vllm.__version__) < Version("0.11.1"):
    from .old import parser
else:
    from .new import parser

def register():
    pass

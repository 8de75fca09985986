import vllm
from packaging.version import Version

V = Version(vllm.__version__)
if V < Version("0.10"):
    from vllm.worker.worker import Worker
elif V < Version("0.16"):
    from vllm.attention.layer import Attention
elif V < Version("0.30"):
    from vllm.no_such import thing
else:
    from vllm.utils import FlexibleArgumentParser

def register():
    pass

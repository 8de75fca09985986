"""Mine."""

import vllm
from packaging.version import Version

if Version(vllm.__version__) < Version("0.12"):
    from mine import old


def register():
    pass

import vllm
from packaging.version import Version


def later():
    if Version(vllm.__version__) < Version("0.11.1"):
        from vllm.utils import FlexibleArgumentParser
    else:
        from vllm.utils.argparse_utils import FlexibleArgumentParser


def register():
    pass

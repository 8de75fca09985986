import vllm
from packaging.version import Version

if Version(vllm.__version__) < Version("0.11.1"):

    def parser():
        from vllm.utils import FlexibleArgumentParser

        return FlexibleArgumentParser
else:

    def parser():
        from vllm.utils.argparse_utils import FlexibleArgumentParser

        return FlexibleArgumentParser


def register():
    pass

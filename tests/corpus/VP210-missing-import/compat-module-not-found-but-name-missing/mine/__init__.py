try:
    from vllm.utils import FlexibleArgumentParser
except ModuleNotFoundError:
    from vllm.utils.argparse_utils import FlexibleArgumentParser

def register():
    pass

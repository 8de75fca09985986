def later():
    from vllm.utils.argparse_utils import FlexibleArgumentParser


def register():
    pass

def parser():
    from vllm.utils.argparse_utils import FlexibleArgumentParser

from vllm.utils import argparse_utils  # not FlexibleArgumentParser

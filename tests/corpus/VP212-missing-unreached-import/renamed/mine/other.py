from vllm.utils import argparse_utils as a, FlexibleArgumentParser as P

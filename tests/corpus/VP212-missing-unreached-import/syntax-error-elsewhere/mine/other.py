from vllm.utils import FlexibleArgumentParser

def broken(:

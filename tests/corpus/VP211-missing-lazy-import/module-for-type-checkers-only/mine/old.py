def parser():
    from vllm.utils import FlexibleArgumentParser

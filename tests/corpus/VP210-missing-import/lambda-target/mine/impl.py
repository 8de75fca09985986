def go():
    from vllm.utils import FlexibleArgumentParser

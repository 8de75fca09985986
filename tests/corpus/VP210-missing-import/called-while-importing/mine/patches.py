def apply():
    from vllm.utils import FlexibleArgumentParser

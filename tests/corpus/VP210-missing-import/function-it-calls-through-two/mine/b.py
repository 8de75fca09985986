def two():
    from vllm.utils import FlexibleArgumentParser

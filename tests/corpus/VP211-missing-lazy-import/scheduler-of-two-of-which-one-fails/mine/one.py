from vllm.utils import FlexibleArgumentParser


class A:
    pass

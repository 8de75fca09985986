from vllm.utils import FlexibleArgumentParser


class C:
    pass

from vllm.utils import FlexibleArgumentParser


class B:
    pass

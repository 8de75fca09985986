from vllm.utils import FlexibleArgumentParser


class W:
    pass

import os

if os.environ.get("MINE_OLD"):
    from vllm.utils import FlexibleArgumentParser


class C:
    pass

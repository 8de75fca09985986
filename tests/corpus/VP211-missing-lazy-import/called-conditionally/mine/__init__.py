import os


def register():
    if os.environ.get("MINE"):
        _later()


def _later():
    from vllm.utils import FlexibleArgumentParser

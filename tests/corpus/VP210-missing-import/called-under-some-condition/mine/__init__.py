import os


def register():
    if os.environ.get("MINE"):
        _one()


def _one():
    from vllm.utils import FlexibleArgumentParser

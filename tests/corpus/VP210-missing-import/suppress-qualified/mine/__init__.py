import contextlib

with contextlib.suppress(ImportError, AttributeError):
    from vllm.utils import FlexibleArgumentParser

def register():
    pass

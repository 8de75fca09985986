import contextlib

with contextlib.suppress(ModuleNotFoundError):
    from vllm.utils import FlexibleArgumentParser

def register():
    pass

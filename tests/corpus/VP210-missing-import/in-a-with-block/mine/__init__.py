import warnings

with warnings.catch_warnings():
    from vllm.utils import FlexibleArgumentParser

def register():
    pass

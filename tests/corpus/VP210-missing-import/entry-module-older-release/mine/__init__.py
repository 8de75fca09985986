from vllm.utils import FlexibleArgumentParser

def register():
    pass

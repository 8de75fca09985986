if False:
    from vllm.attention.layer import Attention
if 0:
    from vllm.utils import FlexibleArgumentParser

def register():
    pass

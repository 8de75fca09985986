try:
    from vllm.utils import FlexibleArgumentParser
except ModuleNotFoundError:
    from vllm.attention.layer import Attention

def register():
    pass

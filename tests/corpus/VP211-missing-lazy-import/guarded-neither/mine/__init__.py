def later():
    try:
        from vllm.utils import FlexibleArgumentParser
    except ImportError:
        from vllm.attention.layer import Attention


def register():
    pass

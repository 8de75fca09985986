try:
    from vllm.attention.layer import Attention
except ImportError:
    Attention = None


def later():
    from vllm.utils import FlexibleArgumentParser

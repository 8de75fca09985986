try:
    from vllm import LLM
    from vllm.utils import FlexibleArgumentParser
except ImportError:
    from vllm import LLM
    from vllm.attention.layer import Attention

def register():
    pass

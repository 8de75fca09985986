try:
    from vllm import LLM
except ImportError:
    from vllm.attention.layer import Attention

def register():
    pass

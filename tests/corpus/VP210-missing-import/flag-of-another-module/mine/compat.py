try:
    from vllm.attention.layer import Attention

    OLD = True
except ImportError:
    OLD = False

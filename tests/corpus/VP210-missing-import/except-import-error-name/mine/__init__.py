try:
    from vllm.utils import FlexibleArgumentParser
except ImportError:
    Attention = None

def register():
    pass

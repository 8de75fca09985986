try:
    from vllm.utils import FlexibleArgumentParser
except ModuleNotFoundError:
    Attention = None

def register():
    pass

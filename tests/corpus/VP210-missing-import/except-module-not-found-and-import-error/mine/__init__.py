try:
    from vllm.utils import FlexibleArgumentParser
except ModuleNotFoundError:
    Parser = None
except ImportError:
    Parser = None

def register():
    pass

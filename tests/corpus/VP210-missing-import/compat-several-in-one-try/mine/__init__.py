try:
    from vllm import LLM
    from vllm.utils import FlexibleArgumentParser
except ImportError:
    from vllm import LLM
    from vllm.utils.argparse_utils import FlexibleArgumentParser

def register():
    pass

import vllm

if vllm.__version__ < "0.11":
    from vllm.utils import FlexibleArgumentParser

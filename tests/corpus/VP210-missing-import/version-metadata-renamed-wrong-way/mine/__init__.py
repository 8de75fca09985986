from importlib import metadata as md
from packaging.version import parse

if parse(md.version("vllm")) < parse("0.16"):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

import vllm
from packaging import version

if version.parse(vllm.__version__) < version.parse("0.16.0"):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

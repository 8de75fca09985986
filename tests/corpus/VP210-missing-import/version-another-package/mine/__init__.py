import torch
from packaging.version import Version

if Version(torch.__version__) < Version("2.0"):
    from vllm.attention.layer import Attention
else:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

import vllm
from packaging.specifiers import SpecifierSet

if vllm.__version__ in SpecifierSet("<0.16"):
    from vllm.model_executor.layers.attention import Attention
else:
    from vllm.attention.layer import Attention

def register():
    pass

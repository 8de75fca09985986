import vllm._C
from vllm._C import ops
from vllm.vllm_flash_attn import flash_attn_varlen_func
from vllm._version import __version__

def register():
    pass

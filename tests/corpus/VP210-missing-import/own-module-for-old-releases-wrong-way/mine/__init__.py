from .compat import VLLM_GE_0_16

if not VLLM_GE_0_16:
    from . import new as layers
else:
    from . import old as layers

def register():
    pass

from vllm._aiter_ops import ActivationType

def register():
    pass

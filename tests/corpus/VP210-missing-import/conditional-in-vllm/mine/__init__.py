from vllm._custom_ops import _awq_gemm_fake

def register():
    pass

try:
    from vllm.model_executor.layers.attention import Attention
except ImportError:
    from vllm.attention.layer import Attention

def register():
    pass

try:
    from vllm.attention.layer import Attention
except ImportError:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

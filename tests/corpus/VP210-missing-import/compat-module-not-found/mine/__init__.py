try:
    from vllm.model_executor.layers.attention import Attention
except ModuleNotFoundError:
    from vllm.attention.layer import Attention

def register():
    pass

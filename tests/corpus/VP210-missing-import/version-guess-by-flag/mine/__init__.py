try:
    import vllm.attention.layer

    OLD = True
except ImportError:
    OLD = False

if not OLD:
    from vllm.model_executor.layers.attention import Attention

def register():
    pass

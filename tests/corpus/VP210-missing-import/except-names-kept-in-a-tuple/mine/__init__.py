ERRORS = (ImportError, AttributeError)

try:
    from vllm.attention.layer import Attention
except ERRORS:
    Attention = None

def register():
    pass

def register():
    try:
        from vllm.attention.layer import Attention
    except ImportError:
        return
    from vllm.attention.backends.abstract import AttentionBackend

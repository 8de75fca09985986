try:
    import vllm
except ImportError:

    def register():
        return None
else:
    from .plugin import register

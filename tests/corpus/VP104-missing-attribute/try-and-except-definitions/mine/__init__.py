try:
    from vllm.logger import init_logger

    def register():
        return None
except ImportError:

    def register():
        raise RuntimeError

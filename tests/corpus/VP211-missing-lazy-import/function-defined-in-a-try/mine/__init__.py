try:
    from vllm import LLM

    def later():
        from vllm.utils import FlexibleArgumentParser
except ImportError:
    later = None

def register():
    pass

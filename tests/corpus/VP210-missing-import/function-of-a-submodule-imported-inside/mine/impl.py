def register():
    from vllm.utils import FlexibleArgumentParser

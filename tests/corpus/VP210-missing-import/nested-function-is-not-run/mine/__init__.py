def register():
    def hook():
        from vllm.utils import FlexibleArgumentParser

    return hook

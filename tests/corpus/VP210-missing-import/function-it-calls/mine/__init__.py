def register():
    _register()


def _register():
    from vllm.utils import FlexibleArgumentParser

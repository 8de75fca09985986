def register():
    _now()


def _now():
    from vllm.utils import FlexibleArgumentParser

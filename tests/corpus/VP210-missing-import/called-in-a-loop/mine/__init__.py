def register():
    for name in ("a", "b"):
        _one(name)


def _one(name):
    from vllm.utils import FlexibleArgumentParser

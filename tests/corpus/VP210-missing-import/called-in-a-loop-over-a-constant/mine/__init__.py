NAMES = {"a": 1}


def register():
    for name, value in NAMES.items():
        _one(name)


def _one(name):
    from vllm.attention.layer import Attention

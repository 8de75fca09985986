def register():
    print(_one())


def _one():
    from vllm.attention.layer import Attention

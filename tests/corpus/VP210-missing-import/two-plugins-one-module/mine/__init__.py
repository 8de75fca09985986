from vllm.attention.layer import Attention


def one():
    pass


def two():
    pass

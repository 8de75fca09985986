from vllm.attention.layer import Attention


class Layer:
    pass

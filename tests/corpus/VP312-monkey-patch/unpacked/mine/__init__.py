def register():
    from vllm import utils

    utils.a, utils.b = 1, 2

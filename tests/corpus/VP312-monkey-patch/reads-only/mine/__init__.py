def register():
    from vllm import utils

    x = utils.cdiv
    y = utils.a == 1

from vllm import utils


def check(utils):
    utils.x = 1


def register():
    pass

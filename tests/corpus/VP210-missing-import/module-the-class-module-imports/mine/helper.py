from vllm.utils import FlexibleArgumentParser


def help():
    pass
